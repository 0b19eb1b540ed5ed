// How a configuration is shown: as a YAML file that could be given back with --config, secrets masked.
import { unreachable } from '../shared/assert.ts';
import { byteCountText, durationText } from './amounts.ts';
import type { Config } from './config.ts';
import type { LoadedConfig, OptionSource } from './load.ts';
import { OPTION_KEYS, OPTIONS, type OptionKey } from './schema.ts';

const MASK = '********';

export interface ShownOption {
  readonly option: string;
  readonly value: string | null;
  readonly source: string;
}

/** Each option with its value (null: not set) and where it came from. */
export function describeConfig(loaded: LoadedConfig): readonly ShownOption[] {
  return OPTION_KEYS.map((key) => {
    const { flag, env, secret }: { flag?: string; env: string; secret?: true } = OPTIONS[key];
    const value = valueOf(loaded.config, key);
    return {
      option: flag ?? env,
      value: secret && value !== null ? MASK : value,
      source: sourceText(loaded.sources[key], env),
    };
  });
}

/** The same as YAML text, one option a line, with the source as a comment. */
export function printConfig(loaded: LoadedConfig): string {
  const lines = describeConfig(loaded).map(({ option, value, source }) => {
    // What is not set, and what the file may not hold, is a comment.
    const left =
      value === null ? `# ${option}:` : `${/^[A-Z]/.test(option) ? '# ' : ''}${option}: ${yamlText(value)}`;
    return { left, source };
  });
  const width = Math.max(...lines.map(({ left }) => left.length));
  return `${lines.map(({ left, source }) => `${left.padEnd(width)}  # ${source}`).join('\n')}\n`;
}

function yamlText(value: string): string {
  return /^[A-Za-z/.][A-Za-z0-9/._-]*$/.test(value) && value !== '.' ? value : JSON.stringify(value);
}

function sourceText(source: OptionSource, env: string): string {
  switch (source.kind) {
    case 'flag':
      return 'flag';
    case 'environment':
      return env;
    case 'file':
      return source.path;
    case 'default':
      return 'default';
    default:
      return unreachable(source);
  }
}

function valueOf(config: Config, key: OptionKey): string | null {
  switch (key) {
    case 'rootAccessKeyId':
      return config.rootCredentials?.accessKeyId ?? null;
    case 'rootSecretAccessKey':
      return config.rootCredentials?.secretAccessKey ?? null;
    case 'tlsCert':
      return config.tls?.certFile ?? null;
    case 'tlsKey':
      return config.tls?.keyFile ?? null;
    case 'idleTime':
    case 'gcInterval':
    case 'scrubInterval':
    case 'gcGrace': {
      const value = config[key];
      return value === 'off' ? value : durationText(value);
    }
    case 'bodyMemory':
    case 'scrubRate':
      return byteCountText(config[key]);
    case 'oidcLoopback':
      return config.oidcLoopback ? 'yes' : 'no';
    case 'trustedProxies':
      return config.trustedProxies.length === 0 ? null : config.trustedProxies.join(',');
    case 'auditKeep':
      return config.auditKeep === 'all' ? 'all' : byteCountText(config.auditKeep);
    case 'databaseUrl':
    case 'blobsUrl':
      return null;
    default:
      return String(config[key]);
  }
}

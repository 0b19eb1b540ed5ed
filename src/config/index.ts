// Door of the configuration.
export { parseByteCount, parseDuration } from './amounts.ts';
export type { Config, RootCredentials } from './config.ts';
export { ConfigError } from './config-error.ts';
export {
  type ClientCredentials,
  CREDENTIALS_PROFILE,
  clientCredentials,
  credentialsFile,
  type LoadedCredentials,
  openRootCredentials,
  readCredentialsFile,
} from './credentials.ts';
export { processEnvironment, processInputs } from './environment.ts';
export {
  type ClientConfig,
  type ConfigInputs,
  type LoadedConfig,
  loadClientConfig,
  loadConfig,
  type OptionSource,
  registryHostFor,
  withListeningPort,
} from './load.ts';
export { describeConfig, printConfig } from './print.ts';
export {
  OPTION_KEYS,
  OPTIONS,
  type OptionDefinition,
  type OptionKey,
} from './schema.ts';
export { readTls } from './tls.ts';

// Door of the configuration.
export { ConfigError } from './config-error.ts';
export {
  CREDENTIALS_PROFILE,
  credentialsFile,
  type LoadedCredentials,
  openRootCredentials,
  readCredentialsFile,
} from './credentials.ts';
export { processEnvironment, processInputs } from './environment.ts';
export {
  type ConfigInputs,
  type LoadedConfig,
  loadConfig,
  type OptionSource,
  registryHostFor,
  withListeningPort,
} from './load.ts';
export { describeConfig, printConfig } from './print.ts';
export {
  type Config,
  OPTION_KEYS,
  OPTIONS,
  type OptionDefinition,
  type OptionKey,
  type RootCredentials,
} from './schema.ts';

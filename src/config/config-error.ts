// The one error that a bad configuration ends in. Its message is a single line for the person who starts the
// server: it names the option, where the value came from and what would be right. It never holds a secret.

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

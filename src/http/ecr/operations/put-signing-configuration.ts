// PutSigningConfiguration: replaces the registry's signing rules.
import { operation } from '../operation.ts';

export const putSigningConfiguration = operation(
  'PutSigningConfiguration',
  async (input, { account, services }) => {
    const rules = input.signingConfiguration.rules.map(({ signingProfileArn, repositoryFilters }) => ({
      signingProfileArn,
      ...(repositoryFilters === undefined ? {} : { repositoryFilters }),
    }));
    return { signingConfiguration: await services.signing.configuration.put(account, { rules }) };
  },
);

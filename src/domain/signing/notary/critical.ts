// Which protected attributes must be there, must be critical, and are understood
// (signature-specification.md, Signed Attributes). An unknown critical attribute is a refusal.
import { unreachable } from '../../../shared/assert.ts';
import { attributeNames, type ParsedEnvelope } from './envelope.ts';
import type { SigningScheme } from './ports.ts';

/** The one plugin whose attributes are checked here without it. */
const awsPlugin = 'com.amazonaws.signer.notation.plugin';

/** The signing time that the scheme asks for, epoch ms. */
export function signingTimeOf(envelope: ParsedEnvelope): number | undefined {
  return envelope.authenticSigningTime ?? envelope.signingTime;
}

/** What is wrong with the protected attributes, or undefined. */
export function criticalProblem(envelope: ParsedEnvelope): string | undefined {
  if (!isScheme(envelope.scheme)) return `signing scheme ${envelope.scheme.slice(0, 100)} is not known`;
  return (
    timesProblem(envelope, envelope.scheme) ??
    markingProblem(envelope) ??
    pluginProblem(envelope) ??
    understandingProblem(envelope)
  );
}

function isScheme(text: string): text is SigningScheme {
  return text === 'notary.x509.signingAuthority' || text === 'notary.x509';
}

function timesProblem(envelope: ParsedEnvelope, scheme: SigningScheme): string | undefined {
  switch (scheme) {
    case 'notary.x509.signingAuthority':
      if (envelope.authenticSigningTime === undefined) return 'the authentic signing time is missing';
      if (envelope.signingTime !== undefined) return 'the signing time does not belong to the scheme';
      break;
    case 'notary.x509':
      if (envelope.authenticSigningTime !== undefined)
        return 'the authentic signing time does not belong to the scheme';
      if (envelope.signingTime === undefined) return 'the signing time is missing';
      break;
    default:
      return unreachable(scheme);
  }
  const time = signingTimeOf(envelope);
  if (envelope.expiry !== undefined && time !== undefined && envelope.expiry <= time)
    return 'the expiry is not after the signing time';
  return undefined;
}

/** Present and always critical; absent ones may not be listed. */
function markingProblem(envelope: ParsedEnvelope): string | undefined {
  const must: [name: string, present: boolean][] = [
    [attributeNames.signingScheme, true],
    [attributeNames.authenticSigningTime, envelope.authenticSigningTime !== undefined],
    [attributeNames.expiry, envelope.expiry !== undefined],
  ];
  for (const [name, present] of must)
    if (present !== envelope.critical.includes(name))
      return present ? `${name} is not marked critical` : `${name} is marked critical but is absent`;
  const settled = new Set(must.map(([name]) => name));
  const absent = envelope.critical.find((name) => !settled.has(name) && !envelope.extended.has(name));
  return absent === undefined ? undefined : `${absent.slice(0, 100)} is marked critical but is absent`;
}

function pluginProblem(envelope: ParsedEnvelope): string | undefined {
  const plugin = envelope.extended.get(attributeNames.verificationPlugin);
  for (const name of [attributeNames.verificationPlugin, attributeNames.verificationPluginMinVersion]) {
    if (!envelope.extended.has(name)) continue;
    if (typeof envelope.extended.get(name) !== 'string') return `${name} is no text`;
    if (!envelope.critical.includes(name)) return `${name} is not marked critical`;
  }
  if (plugin === undefined || plugin === awsPlugin) return undefined;
  return 'the signature asks for a verification plugin that is not known here';
}

const ofAwsPlugin: readonly string[] = [attributeNames.signingProfileVersion, attributeNames.signingJob];

function understandingProblem(envelope: ParsedEnvelope): string | undefined {
  const withPlugin = envelope.extended.has(attributeNames.verificationPlugin);
  for (const name of envelope.critical) {
    const value = envelope.extended.get(name);
    if (value === undefined) continue;
    const known =
      name === attributeNames.verificationPlugin ||
      name === attributeNames.verificationPluginMinVersion ||
      (withPlugin && ofAwsPlugin.includes(name));
    if (!known || typeof value !== 'string')
      return `critical attribute ${name.slice(0, 100)} is not understood`;
  }
  if (!withPlugin) return undefined;
  const missing = ofAwsPlugin.find((name) => !envelope.critical.includes(name));
  return missing === undefined ? undefined : `${missing} is missing or is not marked critical`;
}

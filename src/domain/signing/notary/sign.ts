// Signs a payload into an envelope. The only place where a leaf key is used; it never sees a private key.
import { unreachable } from '../../../shared/assert.ts';
import { COSE, JOSE_JSON } from '../../../shared/media-types.ts';
import type { EnvelopeAlgorithm, KeyHandle } from '../../pki/index.ts';
import { prepareCose } from './cose.ts';
import { attributeNames, type SignedAttributes, type UnsignedEnvelope } from './envelope.ts';
import { prepareJws } from './jws.ts';
import type { EnvelopeFormat, PluginAttributes, SigningScheme } from './ports.ts';

const es384: EnvelopeAlgorithm = {
  jws: 'ES384',
  cose: -35,
  hash: 'sha384',
  kind: 'ecdsa',
  signatureBytes: 96,
};

/** The media type of the envelope's blob. */
export function envelopeMediaType(format: EnvelopeFormat): string {
  switch (format) {
    case 'jws':
      return JOSE_JSON;
    case 'cose':
      return COSE;
    default:
      return unreachable(format);
  }
}

function prepare(
  format: EnvelopeFormat,
  payload: Uint8Array,
  attributes: SignedAttributes,
): UnsignedEnvelope {
  switch (format) {
    case 'jws':
      return prepareJws(payload, attributes);
    case 'cose':
      return prepareCose(payload, attributes);
    default:
      return unreachable(format);
  }
}

/**
 * Makes one envelope. Times are epoch seconds, whole. `chain` is leaf to root, DER; `key` is the leaf's.
 * The plugin attributes are written critical and in AWS's order, which binds verifiers to AWS's plugin.
 */
export async function signEnvelope(options: {
  readonly format: EnvelopeFormat;
  readonly payload: Uint8Array;
  readonly scheme: SigningScheme;
  readonly signingTime: number;
  readonly expiry?: number;
  readonly pluginAttributes?: PluginAttributes;
  readonly chain: readonly Uint8Array[];
  readonly key: KeyHandle;
}): Promise<Uint8Array> {
  const plugin = options.pluginAttributes;
  const unsigned = prepare(options.format, options.payload, {
    algorithm: es384,
    scheme: options.scheme,
    signingTime: options.signingTime,
    ...(options.expiry === undefined ? {} : { expiry: options.expiry }),
    critical:
      plugin === undefined
        ? []
        : [
            [attributeNames.verificationPlugin, plugin.verificationPlugin],
            [attributeNames.signingProfileVersion, plugin.signingProfileVersion],
            [attributeNames.signingJob, plugin.signingJob],
          ],
  });
  return unsigned.finish(await options.key.sign(unsigned.toBeSigned), options.chain);
}

// Options that are lists of addresses and networks.
import { z } from 'zod';
import { parseIpBlock } from '../shared/ip-address.ts';

const MAX_BLOCKS = 256;

/**
 * Addresses and networks (CIDR), IPv4 and IPv6, with commas or blanks between them. A network of all addresses is refused:
 * where everybody is believed, anybody says who they are.
 */
export const addressBlocks: z.ZodType<readonly string[], string> = z
  .string()
  .max(16_384, 'is longer than 16384 characters')
  .transform((value, context) => {
    const blocks = value.split(/[\s,]+/).filter((text) => text !== '');
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    if (blocks.length > MAX_BLOCKS) return refuse(`must be at most ${MAX_BLOCKS} addresses and networks`);
    for (const text of blocks) {
      const block = parseIpBlock(text);
      if (block === undefined)
        return refuse(
          `must be addresses or networks such as 10.0.0.7 or 10.1.0.0/16,fd00::/8; ${JSON.stringify(text.slice(0, 60))} is neither`,
        );
      if (block.prefix === 0)
        return refuse(`must not hold ${text}: everybody could then claim to be somebody else`);
    }
    return Object.freeze(blocks);
  });

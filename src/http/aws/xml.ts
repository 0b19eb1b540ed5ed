// Outputs as XML, by the wire models: lists of `member`, maps of `entry`, times in ISO 8601. The query protocol's
// answers are made of it; nothing here parses.
import { unreachable } from '../../shared/assert.ts';
import type { ServiceModel } from './model.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

/** Text between tags. Characters that XML cannot have at all become the replacement character. */
export function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character)
    .replaceAll(/[^\t\n\u0020-\uFFFD\u{10000}-\u{10FFFF}&]/gu, '\uFFFD');
}

export function xmlElement(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

/** A value of the shape as the content of an element; members that the model lacks are left out. */
export function xmlContent(model: ServiceModel, shapeName: string, value: unknown): string {
  const shape = model.shapes[shapeName];
  if (shape === undefined) throw new Error(`the model has no shape ${shapeName}`);
  switch (shape.type) {
    case 'structure': {
      const object = value as Readonly<Record<string, unknown>>;
      return Object.entries(shape.members)
        .filter(([member]) => object[member] !== undefined && object[member] !== null)
        .map(([member, { shape: of }]) => xmlElement(member, xmlContent(model, of, object[member])))
        .join('');
    }
    case 'list':
      return (value as readonly unknown[])
        .map((item) => xmlElement('member', xmlContent(model, shape.member, item)))
        .join('');
    case 'map':
      return Object.entries(value as object)
        .map(([key, item]) =>
          xmlElement(
            'entry',
            xmlElement('key', xmlText(key)) + xmlElement('value', xmlContent(model, shape.value, item)),
          ),
        )
        .join('');
    case 'timestamp':
      return new Date(value as number).toISOString().replace('.000Z', 'Z');
    case 'blob': {
      const bytes = value as Uint8Array;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    }
    case 'string':
    case 'integer':
    case 'long':
    case 'double':
    case 'boolean':
      return xmlText(String(value));
    default:
      return unreachable(shape);
  }
}

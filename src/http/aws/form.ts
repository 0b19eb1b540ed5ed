// The query protocol's form bodies: `Tags.member.1.Key=team`. From flat parameters to the JSON value of a shape,
// which the walker then checks.
import type { ServiceModel } from './model.ts';
import { MalformedInputError } from './shapes.ts';
import { scalarFromText } from './text-values.ts';

/** No input of the models comes near; a simulation of many actions comes nearest. */
const MAX_PARAMETERS = 4000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parameters by name. Throws MalformedInputError: not a form, a name twice, too many. */
export function parseForm(body: Uint8Array): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (cause) {
    throw new MalformedInputError('The request body is not UTF-8', { cause });
  }
  for (const part of text.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decode(at < 0 ? part : part.slice(0, at));
    if (parameters.has(name))
      throw new MalformedInputError(`The parameter '${name.slice(0, 200)}' is there twice`);
    if (parameters.size >= MAX_PARAMETERS)
      throw new MalformedInputError(`The request body must have ${MAX_PARAMETERS} parameters at most`);
    parameters.set(name, at < 0 ? '' : decode(part.slice(at + 1)));
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new MalformedInputError('The request body must be a form in percent-encoded UTF-8', { cause });
  }
}

/** Parameters as a tree: `a.b.1` below `a`, below `b`. */
interface Node {
  text?: string;
  readonly below: Map<string, Node>;
}

function treeOf(parameters: ReadonlyMap<string, string>): Node {
  const root: Node = { below: new Map() };
  for (const [name, text] of parameters) {
    let node = root;
    // Deeper than any shape: what lies below is unknown, and passed over.
    for (const part of name.split('.', 12)) {
      let next = node.below.get(part);
      if (next === undefined) {
        next = { below: new Map() };
        node.below.set(part, next);
      }
      node = next;
    }
    node.text = text;
  }
  return root;
}

/** The JSON value of a structure. Unknown parameters are passed over, as AWS does. */
export function valueOfForm(
  model: ServiceModel,
  shapeName: string,
  parameters: ReadonlyMap<string, string>,
): object {
  const value = valueOf(model, shapeName, treeOf(parameters), '');
  if (typeof value !== 'object' || value === null) throw new Error(`${shapeName} is no structure`);
  return value;
}

function valueOf(model: ServiceModel, shapeName: string, node: Node, path: string): unknown {
  const shape = model.shapes[shapeName];
  switch (shape?.type) {
    case 'structure': {
      refuseText(node, path);
      const inside = path === '' ? '' : `${path}.`;
      const result: Record<string, unknown> = {};
      for (const [member, { shape: of }] of Object.entries(shape.members)) {
        const below = node.below.get(member);
        if (below !== undefined) result[member] = valueOf(model, of, below, inside + member);
      }
      return result;
    }
    case 'list': {
      refuseText(node, path);
      // `Tags=` is how an empty list is sent.
      const items = node.below.get('member')?.below ?? new Map<string, Node>();
      return [...items]
        .map(([index, item]) => [indexOf(index, path), item] as const)
        .sort(([a], [b]) => a - b)
        .map(([, item], at) => valueOf(model, shape.member, item, `${path}.${at + 1}.member`));
    }
    case 'map':
      // No input of these models has one.
      throw new Error(`a map cannot travel in a form: ${shapeName}`);
    default:
      return node.text === undefined ? undefined : scalarFromText(shape, node.text, path);
  }
}

/** A list or a structure has parts, and no text of its own. */
function refuseText({ text }: Node, path: string): void {
  if (text !== undefined && text !== '')
    throw new MalformedInputError(`'${path}' must be sent in parts: ${path}.…`);
}

function indexOf(text: string, path: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new MalformedInputError(`'${path}' must have members numbered from 1`);
  return Number(text);
}

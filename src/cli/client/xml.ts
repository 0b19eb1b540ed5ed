// Reads the XML that the query protocol answers with: elements and text, no attributes that matter, no entities but
// XML's own five and numbers. Anything else is an error. Bounded by the length of the answer and by depth.

/** Text of an element without children; its children by name; or the members of a list. */
export type XmlValue = string | readonly XmlValue[] | { readonly [name: string]: XmlValue };

const TOKEN = /<\/([\w.-]+)\s*>|<([\w.-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/gy;
const MAX_DEPTH = 20;

interface Open {
  readonly name: string;
  readonly children: [string, XmlValue][];
  text: string;
}

/** The document element's name and content. Throws SyntaxError. */
export function parseXml(text: string): { readonly name: string; readonly value: XmlValue } {
  const source = text.replace(/^\s*<\?xml[^?]*\?>\s*/, '').trim();
  const stack: Open[] = [{ name: '', children: [], text: '' }];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const found = TOKEN.exec(source);
    if (found === null) throw new SyntaxError('the answer is no XML of this API');
    const [, closing, opening, empty, characters] = found;
    const top = stack.at(-1);
    if (top === undefined) throw new SyntaxError('the answer is no XML');
    if (characters !== undefined) top.text += decode(characters);
    else if (opening !== undefined && empty === '/') top.children.push([opening, '']);
    else if (opening !== undefined) {
      if (stack.length > MAX_DEPTH) throw new SyntaxError('the answer is too deep');
      stack.push({ name: opening, children: [], text: '' });
    } else {
      if (closing !== top.name) throw new SyntaxError('the answer is no well-formed XML');
      stack.pop();
      stack.at(-1)?.children.push([top.name, valueOf(top)]);
    }
  }
  const [root] = stack;
  const [only] = root?.children ?? [];
  if (stack.length !== 1 || only === undefined || root?.children.length !== 1)
    throw new SyntaxError('the answer is no XML document');
  return { name: only[0], value: only[1] };
}

function valueOf({ children, text }: Open): XmlValue {
  if (children.length === 0) return text;
  if (children.every(([name]) => name === 'member')) return children.map(([, value]) => value);
  return Object.fromEntries(children);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));?/g, (whole, hex, decimal, name) => {
    if (typeof name === 'string') {
      const character = NAMED[name];
      if (character === undefined) throw new SyntaxError('the answer has an unknown entity');
      return character;
    }
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
    return Number.isNaN(code) || code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}

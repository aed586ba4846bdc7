/** A piece of an XML text: a tag that opens or closes an element, or the text between two. */
export type XmlPiece =
  | { readonly open: string; readonly attributes: ReadonlyMap<string, string>; readonly empty: boolean }
  | { readonly close: string }
  | { readonly text: string };

// What has its own end, then tags with quoted values. No value holds a `<` in XML, so that no text is looked at twice.
const piece =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[([\s\S]*?)(?:\]\]>|$)|<\?[^<]*?(?:\?>|$)|<![^<>]*>|<\/([\w:.-]+)\s*>|<([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/g;

/**
 * The pieces of an XML text in order: as much of XML as reports of tests use, with character data, comments and
 * entities. What is not well-formed is taken as text, since a report may stand amid whatever else a command wrote.
 */
export function* xmlPieces(xml: string): Generator<XmlPiece> {
  let at = 0;
  for (const match of xml.matchAll(piece)) {
    const [whole, cdata, close, open, attributes = "", empty] = match;
    if (match.index > at) yield { text: decoded(xml.slice(at, match.index)) };
    at = match.index + whole.length;
    if (cdata !== undefined) yield { text: cdata };
    else if (close !== undefined) yield { close: local(close) };
    else if (open !== undefined)
      yield { open: local(open), attributes: readAttributes(attributes), empty: empty === "/" };
  }
  if (at < xml.length) yield { text: decoded(xml.slice(at)) };
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", double, single = ""] of text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    if (!found.has(name)) found.set(name, decoded(double ?? single));
  return found;
}

/** A name without its namespace. */
function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

const entities: { readonly [name: string]: string } = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function decoded(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{1,4}));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
    },
  );
}

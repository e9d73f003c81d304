/**
 * Access rules of application credentials: which method on which path of which service a token is
 * good for. In a path `*` and `{name}` stand for one part between slashes, `**` for any number.
 */

export interface AccessRule {
  /** Type of the service, as in the catalogue. */
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

export interface AccessedResource {
  readonly service: string;
  readonly method: string;
  /** Path of the request as it was sent, without its query. */
  readonly path: string;
}

/** An empty list allows nothing. */
export const isAccessAllowed = (
  rules: readonly AccessRule[],
  { service, method, path }: AccessedResource,
): boolean =>
  rules.some((rule) => rule.service === service && rule.method === method && fits(path, rule.path));

type Piece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'one' | 'any' };

const PIECE = /\{[^}]*\}|\*\*|\*|[^{*]+|\{/g;

function piecesOf(pattern: string): readonly Piece[] {
  return (pattern.match(PIECE) ?? []).map((text): Piece => {
    if (text === '**') return { kind: 'any' };
    return text === '*' || /^\{.*\}$/.test(text) ? { kind: 'one' } : { kind: 'text', text };
  });
}

/**
 * Piece by piece, with the set of all places in the path that may be reached so far: the time is
 * bounded by the product of both lengths whatever a pattern says, which a regular expression is
 * not.
 */
function fits(path: string, pattern: string): boolean {
  let places = new Set([0]);
  for (const piece of piecesOf(pattern)) places = advance(path, places, piece);
  return places.has(path.length);
}

function advance(path: string, places: ReadonlySet<number>, piece: Piece): Set<number> {
  const next = new Set<number>();
  if (piece.kind === 'text') {
    for (const at of places) {
      if (path.startsWith(piece.text, at)) next.add(at + piece.text.length);
    }
    return next;
  }
  for (const at of places) {
    if (piece.kind === 'any') next.add(at);
    // A place that was reached already has had all that follow it added.
    for (let end = at + 1; end <= path.length && !next.has(end); end++) {
      if (piece.kind === 'one' && path[end - 1] === '/') break;
      next.add(end);
    }
  }
  return next;
}

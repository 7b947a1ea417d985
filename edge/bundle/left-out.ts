/** Stands in the edge's bundle for each function that was left out of it, and tells whoever calls one. */
export function leftOut(): never {
  throw new Error('Cannot call this part of Hono: edge/bundle/leave-out.ts leaves it out');
}

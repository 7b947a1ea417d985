/**
 * Functions that take the place of valibot's own of the same name in the edge's bundle (quiet-valibot.ts). A fault tells
 * the field and never what was in it, so none writes a message; nobody asks for Standard Schema or global settings.
 */

type Issue = {
  readonly kind: string;
  readonly type: string;
  readonly message: string;
  readonly path: unknown;
};

type Dataset = { typed: boolean; issues?: Issue[] };

export function _addIssue(
  { kind, type }: { readonly kind: string; readonly type: string },
  message: string,
  dataset: Dataset,
  _config: unknown,
  other?: { readonly path?: unknown },
): void {
  if (kind === 'schema') dataset.typed = false;
  (dataset.issues ??= []).push({ kind, type, message, path: other?.path });
}

export const _standardSchema = <Schema>(schema: Schema): Schema => schema;

export const getGlobalConfig = (config: unknown = {}): unknown => config;

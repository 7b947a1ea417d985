/** Vite hands a file over as text when it is asked for it so. */
declare module '*.sql?raw' {
  const text: string;
  export default text;
}

/** Vite puts all files that a pattern names in place of the call. */
interface ImportMeta {
  readonly glob: <T>(
    pattern: string,
    options: { readonly query: string; readonly import: string; readonly eager: true },
  ) => Readonly<Record<string, T>>;
}

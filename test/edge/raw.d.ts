/** Vite hands a file over as text when it is asked for it so. */
declare module '*.sql?raw' {
  const text: string;
  export default text;
}

/** What is used of Next's own declarations, so that Next need not be installed here. Not part of the package. */
declare module 'next/headers.js' {
  interface Cookies {
    get(name: string): { value: string } | undefined
    set(cookie: object): unknown
  }
  export function cookies(): Promise<Cookies>
  export function headers(): Promise<Headers>
}

/** The cookie of sessions that PHP serves too. Its value is the id, as PHP makes and accepts it: unsigned. */
export interface SharedCookie {
  /** As the preset says, `PHPSESSID` without one. */
  readonly name: string
  /** Seconds that it lives from each response on; undefined for one that ends with the browser. */
  readonly maxAge: number | undefined
}

/**
 * What your sessions hold. Declare it once for the whole application:
 *
 *     declare module 'latchkey' {
 *       interface SessionData { cart?: string[] }
 *     }
 *
 * What is not declared is `unknown`.
 */
export interface SessionData {
  [key: string]: unknown
}

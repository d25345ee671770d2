/** What a storefront needs of a session that Magento 2 or OpenMage wrote. */
export interface MagentoVisitor {
  /**
   * The customer who is logged in; undefined for a guest, and for a customer whom Magento only remembers by its persistent
   * cookie (`is_customer_emulated`). Magento looks in its database whether the customer still exists: do so too.
   */
  readonly customerId: number | undefined
  /** The quote (cart) of this website; undefined where there is none yet. */
  readonly quoteId: number | undefined
  /** What forms must send as `form_key`; undefined before Magento has made one. */
  readonly formKey: string | undefined
}

/** The website, as Magento's table `store_website` has it. */
export interface MagentoWebsite {
  /** Its code; `base` by default. Names the customer's part of the session. */
  code?: string | undefined
  /** Its id; 1 by default. Names the quote. */
  id?: number | undefined
}

/**
 * Reads what a storefront needs of a session of Magento 2 or OpenMage. It changes nothing, and does not look at
 * `_session_validator_data`, which is Magento's alone. The answer is what the data says at the call.
 *
 * | | Magento 2 | OpenMage |
 * | --- | --- | --- |
 * | customer | `customer_<code>.customer_id` | `customer_<code>.id` |
 * | quote | `checkout.quote_id_<id>` | `checkout.quote_id_<id>` |
 * | form key | `default._form_key` | `core._form_key` |
 *
 * Where customers are shared by all websites, their part is `customer` without a code: it is read where there is none with it.
 *
 * @param data `session.data`, or `req.session` of an adapter
 */
export function magento(data: object, { code = 'base', id = 1 }: MagentoWebsite = {}): MagentoVisitor {
  const own = member(data, `customer_${code}`)
  const customer = own ?? member(data, 'customer')
  const emulated = member(customer, 'is_customer_emulated')
  return Object.freeze({
    customerId: emulated ? undefined : (idIn(customer, 'customer_id') ?? idIn(customer, 'id')),
    quoteId: idIn(member(data, 'checkout'), `quote_id_${id}`),
    formKey: textIn(member(data, 'default'), '_form_key') ?? textIn(member(data, 'core'), '_form_key'),
  })
}

/** A member of an array of PHP, which is an object or a Map here. */
function member(of: unknown, name: string): unknown {
  if (of instanceof Map) return of.get(name)
  if (typeof of !== 'object' || of === null || !Object.hasOwn(of, name)) return undefined
  return (of as Record<string, unknown>)[name]
}

/** Magento keeps ids as its database gives them: as texts, mostly. */
function idIn(of: unknown, name: string): number | undefined {
  const value = member(of, name)
  const id = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(id) && Number(id) > 0 ? Number(id) : undefined
}

function textIn(of: unknown, name: string): string | undefined {
  const value = member(of, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

// What a storefront reads of sessions that Magento 2 and OpenMage wrote.
import { describe, expect, test } from '@jest/globals'
import { decodeSession, magento } from '../../src/php/index.ts'
import { WRITTEN } from './fixtures.ts'

const written = (name: string, handler = 'php') => {
  const found = WRITTEN.find(each => each.name === name && each.handler === handler)
  if (!found) throw new Error(`no fixture ${name}`)
  return decodeSession(Buffer.from(found.text, 'latin1'), found.handler)
}
const decoded = (text: string) => decodeSession(Buffer.from(text)).data

test('Magento 2', () => {
  const { data } = written('magento2')
  expect(magento(data)).toEqual({ customerId: 17, quoteId: 32236, formKey: '7f4b5e9f955a7401' })
})

test('OpenMage', () => {
  const { data } = written('openmage')
  expect(magento(data)).toEqual({ customerId: 587, quoteId: 7305, formKey: 'mgFYiG4vHjviFhzS' })
})

test.each(['php_serialize', 'php_binary'])('by the serializer %s as well', handler => {
  for (const name of ['magento2', 'openmage']) {
    const { customerId, quoteId, formKey } = magento(written(name, handler).data)
    expect([typeof customerId, typeof quoteId, typeof formKey]).toEqual(['number', 'number', 'string'])
  }
})

test('nothing is changed by reading, and the validator data stays as it was when the cart changes', () => {
  const session = written('magento2')
  const before = session.encode().toString('latin1')
  expect(Object.isFrozen(magento(session.data))).toBe(true)
  expect(session.encode().toString('latin1')).toBe(before)
  ;(session.data.checkout as Record<string, unknown>).quote_id_1 = '32237'
  expect(session.encode().toString('latin1')).toBe(before.replace('"32236"', '"32237"'))
  expect(magento(session.data).quoteId).toBe(32237)
})

describe('of another website', () => {
  const data = decoded(
    'customer_base|a:1:{s:11:"customer_id";s:1:"5";}customer_de|a:1:{s:11:"customer_id";i:6;}checkout|a:2:{s:10:"quote_id_1";s:2:"70";s:10:"quote_id_2";s:2:"71";}',
  )
  test('the customer is found by its code, and the quote by its id', () => {
    expect(magento(data)).toMatchObject({ customerId: 5, quoteId: 70 })
    expect(magento(data, { code: 'de', id: 2 })).toMatchObject({ customerId: 6, quoteId: 71 })
    expect(magento(data, { code: 'fr', id: 3 })).toEqual({
      customerId: undefined,
      quoteId: undefined,
      formKey: undefined,
    })
  })
})

test('customers that all websites share', () => {
  expect(magento(decoded('customer|a:1:{s:11:"customer_id";s:1:"5";}'))).toMatchObject({ customerId: 5 })
})

test('a customer whom Magento only remembers is not logged in', () => {
  const text = 'customer_base|a:2:{s:11:"customer_id";s:1:"5";s:20:"is_customer_emulated";b:1;}'
  expect(magento(decoded(text)).customerId).toBeUndefined()
})

test('a guest, and a new visitor', () => {
  expect(
    magento(decoded('default|a:1:{s:9:"_form_key";s:3:"abc";}customer_base|a:0:{}checkout|a:0:{}')),
  ).toEqual({
    customerId: undefined,
    quoteId: undefined,
    formKey: 'abc',
  })
  expect(magento({})).toEqual({ customerId: undefined, quoteId: undefined, formKey: undefined })
})

test.each([
  'customer_base|N;checkout|i:5;default|s:1:"x";',
  'customer_base|a:1:{s:11:"customer_id";N;}checkout|a:1:{s:10:"quote_id_1";s:0:"";}',
  'customer_base|a:1:{s:11:"customer_id";s:5:"1 OR1";}checkout|a:1:{s:10:"quote_id_1";i:-4;}',
  'customer_base|a:1:{s:11:"customer_id";d:1.5;}checkout|O:8:"stdClass":1:{s:10:"quote_id_1";i:4;}',
])('what is no id is none: %s', text => {
  expect(magento(decoded(text))).toEqual({ customerId: undefined, quoteId: undefined, formKey: undefined })
})

test('a namespace with odd keys is a Map, and read all the same', () => {
  const text =
    'checkout|a:2:{s:1:"x";i:1;i:0;i:2;}customer_base|a:3:{s:1:"x";i:1;i:0;i:2;s:11:"customer_id";s:1:"5";}'
  expect(magento(decoded(text)).customerId).toBe(5)
})

test('a name of every object is none of a namespace', () => {
  expect(magento({}, { code: 'base' }).customerId).toBeUndefined()
  expect(magento(Object.create({ checkout: { quote_id_1: 5 } })).quoteId).toBeUndefined()
})

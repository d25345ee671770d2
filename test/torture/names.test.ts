import { expect, test } from '@jest/globals'
import { Names, turnOf } from './names.ts'

test('clients that are refused under one id at once go on by one id', () => {
  const names = new Names()
  const id = names.idOf('hot')
  names.goOn('hot', id)
  names.goOn('hot', id)
  expect([id, names.idOf('hot'), names.idOf('cold')]).toEqual(['hot', 'hot-turn-1', 'cold'])
})

test('of an id it can be told which turn of which name it is', () => {
  const ids = ['hot', 'hot-turn-12', 'hot-turn-x', 'hotter', 'cold']
  expect(ids.map(id => turnOf('hot', id))).toEqual([0, 12, undefined, undefined, undefined])
})

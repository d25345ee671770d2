'use server'
import { redirect } from 'next/navigation'
import { add as addOne } from '../lib/add.js'
import { session } from '../lib/session.js'

export const add = session.action(async () => {
  await addOne()
})

/** An action within an action is part of it. */
export const addTwice = session.action(async () => {
  await add()
  await add()
})

export const login = session.action(async () => {
  const s = await session()
  await s.regenerate()
  s.data.user = 'ada'
  redirect('/who')
})

export const fails = session.action(async () => {
  await addOne()
  throw new Error('a bug of the shop')
})

import type { Html } from './html.ts'
import { pictures } from './pictures.ts'

export interface Product {
  readonly id: string
  readonly name: string
  readonly about: string
  /** Euro cents. */
  readonly price: number
  readonly picture: Html
  readonly alt: string
}

export const products: readonly Product[] = [
  {
    id: 'harbour-padlock',
    name: 'Harbour padlock',
    about: 'Cast brass, salt-proof, two keys.',
    price: 3400,
    picture: pictures.padlock,
    alt: 'A brass padlock',
  },
  {
    id: 'warded-key',
    name: 'Warded key No. 7',
    about: 'Cut by hand for old doors.',
    price: 1250,
    picture: pictures.wardedKey,
    alt: 'An old key with a round bow',
  },
  {
    id: 'loop-keyring',
    name: 'Loop keyring',
    about: 'Sprung steel that spares your nails.',
    price: 900,
    picture: pictures.keyring,
    alt: 'A steel keyring with a brass tag',
  },
  {
    id: 'night-latch',
    name: 'Night latch',
    about: 'Shuts behind you. Take your key.',
    price: 6800,
    picture: pictures.nightLatch,
    alt: 'A rim latch with a brass knob',
  },
  {
    id: 'leather-fob',
    name: 'Saddler’s fob',
    about: 'Bridle leather, stitched twice.',
    price: 1650,
    picture: pictures.fob,
    alt: 'A leather key fob on a ring',
  },
  {
    id: 'dial-lock',
    name: 'Locker dial',
    about: 'Three numbers, nothing to lose.',
    price: 2900,
    picture: pictures.dialLock,
    alt: 'A round combination padlock',
  },
  {
    id: 'hook-rail',
    name: 'Hallway rail',
    about: 'Smoked oak with three brass hooks.',
    price: 4200,
    picture: pictures.hookRail,
    alt: 'A wooden rail with hooks and a key on one of them',
  },
  {
    id: 'spare-pair',
    name: 'Spare pair',
    about: 'One for you, one for the neighbour.',
    price: 1800,
    picture: pictures.sparePair,
    alt: 'Two house keys on a small ring',
  },
]

const byId = new Map(products.map(product => [product.id, product]))

export function findProduct(id: unknown): Product | undefined {
  return typeof id === 'string' ? byId.get(id) : undefined
}

const euro = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' })

export function formatPrice(cents: number): string {
  return euro.format(cents / 100)
}

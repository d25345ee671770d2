import type { Html } from './html.ts'
import { pictures } from './pictures.ts'

export interface Product {
  readonly id: string
  readonly name: string
  readonly about: string
  /** Some sentences, for its own page. */
  readonly story: string
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
    story:
      'The shackle is hardened, the body is cast in one piece. Ten winters on a harbour gate have turned ours green, and it still opens at the first turn.',
    price: 3400,
    picture: pictures.padlock,
    alt: 'A brass padlock',
  },
  {
    id: 'warded-key',
    name: 'Warded key No. 7',
    about: 'Cut by hand for old doors.',
    story:
      'We cut it after the wards of your lock. Send us a print of the old one in soap, as it has been done for three hundred years.',
    price: 1250,
    picture: pictures.wardedKey,
    alt: 'An old key with a round bow',
  },
  {
    id: 'loop-keyring',
    name: 'Loop keyring',
    about: 'Sprung steel that spares your nails.',
    story: 'Press the side and the ring opens by itself. It holds twelve keys and closes without a gap.',
    price: 900,
    picture: pictures.keyring,
    alt: 'A steel keyring with a brass tag',
  },
  {
    id: 'night-latch',
    name: 'Night latch',
    about: 'Shuts behind you. Take your key.',
    story:
      'It locks when the door falls shut, and a knob opens it from within. The case is enamelled in black or in green.',
    price: 6800,
    picture: pictures.nightLatch,
    alt: 'A rim latch with a brass knob',
  },
  {
    id: 'leather-fob',
    name: 'Saddler’s fob',
    about: 'Bridle leather, stitched twice.',
    story:
      'One piece of leather, folded and stitched by hand. It darkens with the years and tells your keys from all others.',
    price: 1650,
    picture: pictures.fob,
    alt: 'A leather key fob on a ring',
  },
  {
    id: 'dial-lock',
    name: 'Locker dial',
    about: 'Three numbers, nothing to lose.',
    story:
      'You set the three numbers yourself. Forty positions each make sixty-four thousand ways to be wrong.',
    price: 2900,
    picture: pictures.dialLock,
    alt: 'A round combination padlock',
  },
  {
    id: 'hook-rail',
    name: 'Hallway rail',
    about: 'Smoked oak with three brass hooks.',
    story:
      'It hangs on two screws, which come with it. The hooks are wide enough for a bag, and the third one is for guests.',
    price: 4200,
    picture: pictures.hookRail,
    alt: 'A wooden rail with hooks and a key on one of them',
  },
  {
    id: 'spare-pair',
    name: 'Spare pair',
    about: 'One for you, one for the neighbour.',
    story:
      'Two blanks of the same profile, cut in one go so that they are alike. Bring the original, or its number.',
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

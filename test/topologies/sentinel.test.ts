import { SENTINEL, underSentinels } from './replicated.ts'
import { holdsOn } from './suite.ts'

holdsOn(SENTINEL, underSentinels)

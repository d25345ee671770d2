import { SENTINEL, underSentinels } from './replicated.ts'
import { contractHolds, holdsOn } from './suite.ts'

holdsOn(SENTINEL, underSentinels, contractHolds)

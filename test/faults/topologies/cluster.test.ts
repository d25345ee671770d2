import { CLUSTER, inCluster } from './replicated.ts'
import { contractHolds, holdsOn } from './suite.ts'

holdsOn(CLUSTER, inCluster, contractHolds)

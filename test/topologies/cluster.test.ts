import { CLUSTER, inCluster } from './replicated.ts'
import { holdsOn } from './suite.ts'

holdsOn(CLUSTER, inCluster)

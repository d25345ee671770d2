import { honoFramework } from './frameworks/hono.ts'
import { doorSuite } from './suite.ts'

doorSuite(honoFramework)

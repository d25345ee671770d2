import { expressFramework } from './frameworks/express.ts'
import { doorSuite } from './suite.ts'

doorSuite(expressFramework)

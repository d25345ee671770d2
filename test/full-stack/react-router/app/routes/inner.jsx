import { Outlet } from 'react-router'
import { addLater } from '../session.server.js'

export const loader = () => addLater()

export default function Level() {
  return <Outlet />
}

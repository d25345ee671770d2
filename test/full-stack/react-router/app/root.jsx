import { Outlet, Scripts } from 'react-router'
import { session } from './session.server.js'

export const middleware = [({ request }, next) => session.run(request, next)]

export function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        {children}
        <Scripts />
      </body>
    </html>
  )
}

export default function Root() {
  return <Outlet />
}

export function ErrorBoundary() {
  return <p>Something went wrong</p>
}

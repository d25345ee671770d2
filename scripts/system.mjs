// Programs from the operating system that the tests need: found, or installed where that asks nobody for a
// password, or else named in one sentence.
import { spawnSync } from 'node:child_process'

/**
 * Exits with status 1 and an instruction when `program` is missing and cannot be installed unasked.
 *
 * @param check a command and its arguments that succeed where it is there; by default the program can be started
 */
export function requireProgram(program, debianPackage, check = undefined) {
  const isThere = () => (check ? spawnSync(...check, { stdio: 'ignore' }).status === 0 : works(program))
  if (isThere()) return
  if (installs(debianPackage) && isThere()) return
  console.error(
    `The tests need ${program}, and it is not installed.\n` +
      `Install it and run the command again, on Debian or Ubuntu:  sudo apt-get update && sudo apt-get install -y ${debianPackage}`,
  )
  process.exit(1)
}

function works(program) {
  // Whether it can be started; openssl knows no --version.
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}

function installs(debianPackage) {
  const root = process.getuid?.() === 0
  const sudo = !root && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  if (!root && !sudo) return false
  console.error(`Installing ${debianPackage} with apt-get …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = args =>
    spawnSync(root ? 'apt-get' : 'sudo', root ? args : ['-n', 'apt-get', ...args], { stdio: 'ignore', env })
  apt(['update'])
  return apt(['install', '-y', '--no-install-recommends', debianPackage]).status === 0
}

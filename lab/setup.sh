#!/bin/sh
# Installs the npm packages and compiles, each only when its inputs changed. Needs Node 20 or newer and npm, nothing else.
set -eu
cd "$(dirname "$0")/.."
major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || { echo "linuxnet needs Node.js 20 or newer on PATH: install nodejs and npm" >&2; exit 1; }
[ "$major" -ge 20 ] || { echo "linuxnet needs Node.js 20 or newer, found $(node --version)" >&2; exit 1; }
if ! cmp -s package-lock.json node_modules/.installed; then
  echo "installing npm packages" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/.installed
fi
if [ ! -f dist/.built ] || [ -n "$(find provider sdk cli lab tsconfig.json package-lock.json -newer dist/.built -type f | head -n 1)" ]; then
  echo "compiling" >&2
  npx --no-install tsc -b >&2
  touch dist/.built
fi

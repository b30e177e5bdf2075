#!/usr/bin/env bash
# `npm start` as a person uses it: one line when ready, an answer to nc, Ctrl-C (SIGINT), exit status 0.
set -euo pipefail

out=$(mktemp)
trap 'rm -f "$out"; kill "${server:-}" 2>/dev/null || :' EXIT
npm start --silent -- --port 0 >"$out" &
server=$!
until grep -q '^listening on 127\.0\.0\.1:[0-9]*$' "$out"; do
  kill -0 "$server" || { echo "npm start ended before it listened"; exit 1; }
  read -rt 0.1 <> <(:) || :
done
[ "$(wc -l <"$out")" = 1 ] || { echo "npm start printed more than its line:"; cat "$out"; exit 1; }
port=$(sed 's/.*://' "$out")
answer=$(echo "ECHO is there anybody out there?" | nc -N 127.0.0.1 "$port")
[ "$answer" = "OK is there anybody out there?" ] || { echo "nc got: $answer"; exit 1; }
state=$(echo STATS | nc -N 127.0.0.1 "$port")
[[ $state = 'OK {"mode":"lend",'*'"audit":0,'* ]] || { echo "nc got: $state"; exit 1; }
# A background job of a script ignores SIGINT from birth, and npm passes SIGTERM on as it passes SIGINT.
kill -TERM "$server"
wait "$server"
echo "npm start: listened on $port, answered nc, stopped with status 0"

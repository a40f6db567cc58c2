#!/usr/bin/env bash
# The crossing on one machine: four agents, the sensors as one job, then the light as another. Ends by itself.
# Usage: run.sh [PATH-OF-MORT]
set -euo pipefail
mort=${1:-$(dirname "$0")/../../build/release/bin/mort}
[ -x "$mort" ] || mort=$(command -v mort)
mort=$(realpath "$mort")
cd "$(dirname "$0")"

folder=$(mktemp -d)
agents=()
finish() {
  for pid in "${agents[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap finish EXIT

# A DDS domain of its own, claimed as `mort run` claims one.
domain=
for id in $(seq 101 -1 1); do
  if exec 9>>"/tmp/mort-domain-$id.lock" && flock -n 9; then
    domain=$id
    break
  fi
done 2>/dev/null
[ -n "$domain" ] || { echo "no DDS domain id is free" >&2; exit 1; }

start() {
  local id=$1
  shift
  "$mort" agent --id "$id" --cpu 2 --data-dir "$folder/$id" --domain "$domain" --interface 127.0.0.1 --peer 127.0.0.1 "$@" \
    >"$folder/$id.log" 2>&1 9>&- &
  agents+=($!)
}
start kerb --label camera=kerb
start road --label camera=road
start roof --label station=weather
start cabinet --label lamps=yes

on() { MORT_AGENT="$folder/$1" "$mort" "${@:2}"; }
until_true() {
  for _ in $(seq 300); do
    if "$@"; then return; fi
    sleep 0.1
  done
  echo "not within 30 s: $*" >&2
  cat "$folder"/*.log >&2
  exit 1
}
complete() { [ "$(on "$1" nodes --json 2>/dev/null | jq length)" = 4 ]; }
measured() { [ "$(on cabinet topics --json | jq 'map(select(.rate_source == "measured")) | length')" = 3 ]; }
for node in kerb road roof cabinet; do until_true complete "$node"; done

echo "== the sensors, submitted at roof"
on roof submit sensors.yaml
until_true measured

echo
echo "== their topics, as cabinet sees them"
on cabinet topics
echo
echo "== the light, planned at cabinet"
on cabinet plan light.yaml --explain
echo
echo "== the light, submitted at cabinet"
on cabinet submit light.yaml --follow --json >"$folder/report.json" 2>"$folder/progress" || { cat "$folder/progress" >&2; exit 1; }
jq -r '"\(.state): \(.results.lights.cycles) cycles, road green for \(.results.lights.road_s) s, crossing for \(.results.lights.crossing_s) s"' "$folder/report.json"
echo
echo "== what crossed the network"
on cabinet plan --running traffic_light
on roof stop crossing_sensors

# Every decision again, from the log, by an independent reckoning; and the sums against the result.
on cabinet logs traffic_light --task Lamps --json | jq -r '.text | select(startswith("cycle "))' >"$folder/decisions"
sums=$(awk '{ road = 10 + 2 * $4; if (road > 40) road = 40
              crossing = 8 + $6; if (crossing > 30) crossing = 30
              if ($8) crossing += int(crossing / 4)
              if (road != $10 || crossing != $12 || $2 != NR) { print "wrong: " $0; exit }
              all_road += road; all_crossing += crossing }
            END { print NR, all_road, all_crossing }' "$folder/decisions")
expected=$(jq -r '.results.lights | "\(.cycles) \(.road_s) \(.crossing_s)"' "$folder/report.json")
place=$(jq -r .plan.assign.Decide "$folder/report.json")
echo
if [ "$sums" = "$expected" ] && [ "${sums%% *}" = 20 ] && [ "$place" = road ]; then
  echo "Decide ran on road, where the largest stream is; its 20 decisions equal an independent reckoning."
else
  echo "wrong: Decide ran on $place; reckoned $sums, got $expected" >&2
  exit 1
fi

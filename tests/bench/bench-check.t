#!/bin/bash
# takes 100 s
# What is promised about speed, by instructions counted, with others beside it in the same guest. Documentation/performance.md
# has more.
# Runs on the host.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
kernel=${KERNEL:-6.12}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/payload"
tests/bench/build-bound "$kernel" "$work/payload" &&
	tests/vm/run --kernel "$kernel" --icount --smp 1 --timeout 3600 --payload "$work/payload" --out "$work/icount" \
		tests/bench/guest.sh icount check '^(bare 1|mirror 3|md 3|quorum 3)( zero_copy_writes| read_pattern fast)?$' \
		> "$work/said" 2>&1
status=$?
sed 's/^/# /' "$work/said"
if [ $status -ne 0 ]; then
	echo "Bail out! the guest has ended with $status"
	exit 1
fi
tests/bench/tap.pl "$work"

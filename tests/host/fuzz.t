#!/bin/bash
# takes 30 s
# P7: no table line, message, status line or event makes their parsers, built in user space, read or write where they may
# not, leak, or say what they do not hold themselves to; nor does an allocation that fails. That is true of what is in
# tests/fuzz/corpus, and of so many lines made of it.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit

runs=(table:50000 message:1500 status:20000 line:60000 event:30000)
echo "1..${#runs[@]}"
for run in "${runs[@]}"; do
	if said=$(tests/fuzz/run "runs=${run#*:}" "${run%:*}" 2>&1); then
		echo "ok - ${run%:*}"
	else
		echo "not ok - ${run%:*}"
	fi
	printf '%s\n' "$said" | sed 's/^/# /'
done

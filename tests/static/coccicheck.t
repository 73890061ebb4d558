#!/bin/bash
# takes 60 s
# None of the kernel's semantic patches (scripts/coccinelle) that can report has anything to say about the module.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit

echo 1..1
said=$(tests/vm/with-checkers bash static/coccicheck)
status=$?
if [ $status -eq 0 ] && [ -z "$said" ]; then
	echo 'ok - coccicheck'
else
	echo "not ok - coccicheck ($status)"
	printf '%s\n' "$said" | sed 's/^/# /'
fi

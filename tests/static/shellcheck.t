#!/bin/bash
# takes 60 s
# No script gives shellcheck anything to say. What they source is checked with them.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit

mapfile -t scripts < <(git ls-files -z | xargs -0 grep -lE '^#!/bin/(ba)?sh')
echo "1..${#scripts[@]}"
for script in "${scripts[@]}"; do
	if said=$(shellcheck -x -P SCRIPTDIR "$script" 2>&1); then
		echo "ok - $script"
	else
		echo "not ok - $script"
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
done

#!/bin/bash
# takes 40 s
# The module builds on every supported kernel, and neither the compiler with W=1 nor sparse has anything to say.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit
read -ra kernels < tests/kernels

echo "1..${#kernels[@]}"
for kernel in "${kernels[@]}"; do
	log=$(tests/vm/build --kernel "$kernel" W=1 C=2 CHECK=sparse 2>&1)
	status=$?
	said=$(grep -E 'warning|error|undefined' <<< "$log")
	if [ $status -eq 0 ] && [ -z "$said" ]; then
		echo "ok - $kernel"
	else
		echo "not ok - $kernel (make: $status)"
		printf '%s\n' "${said:-$log}" | sed 's/^/# /'
	fi
done

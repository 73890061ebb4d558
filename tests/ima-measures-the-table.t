#!/bin/bash
# vm: --smp 1
# only on 6.12
# If IMA measures device-mapper, what it is told of a table is what the documentation says, so that it can be attested which
# legs there are and how they are used.
# IMA keeps its policy until the guest ends, which is to be no other test's: no other asks for a guest with this line, which
# asks for nothing else.
. "$(dirname "$0")/lib.sh"

ima=/sys/kernel/security/ima
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
[ -w $ima/policy ] || skip_all 'this kernel has no IMA'
# measured: what was measured of a table or a change of its state, each in a line
measured() {
	perl -lane 'print pack "H*", $F[-1] if $F[-2] eq $ENV{WHAT}' "$ima/ascii_runtime_measurements"
}
attributes() { WHAT=$1 measured | grep -o 'target_name=quorum[^;]*;' | tail -n 1; }

echo 'measure func=CRITICAL_DATA label=device-mapper' > $ima/policy
loop_legs 3 2048
numbers=()
for leg in "${legs[@]}"; do numbers+=("$(dev_number "$leg")"); done
is "$(attributes dm_table_load)" '' 'no table is measured before'

quorum_create q 2 "${legs[@]}"
version=$(dmsetup targets | awk '$1 == "quorum" { print $2 }')
expected="target_name=quorum,target_version=${version#v},vote_threshold=2,nr_legs=3"
for leg in 0 1 2; do expected+=",leg_device_$leg=${numbers[leg]},leg_device_${leg}_status=A"; done
expected+=",blkverify=n,read_pattern=quorum,zero_copy_writes=n,max_leg_errors=0,rewrite_corrupted=n,write_ack=all;"
is "$(attributes dm_table_load)" "$expected" 'a table with nothing special'

quorum_reload q 2 "${legs[0]}" - "${legs[2]}" -- rewrite_corrupted read_pattern fast max_leg_errors 5
is "$(attributes dm_table_load)" \
	"target_name=quorum,target_version=${version#v},vote_threshold=2,nr_legs=3,leg_device_0=${numbers[0]},leg_device_0_status=A,leg_device_1=-,leg_device_1_status=-,leg_device_2=${numbers[2]},leg_device_2_status=A,blkverify=n,read_pattern=fast,zero_copy_writes=n,max_leg_errors=5,rewrite_corrupted=y,write_ack=all;" \
	'one with options and an absent leg'
done_testing

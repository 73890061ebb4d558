#!/bin/bash
# profile-guest.sh PATTERN BS DEPTH LEGS SYSTEM COUNT [OPTION-WORD...]: runs in the guest of profile. Marks the time before
# and after some requests, and after three times as many more: what they take beyond the first is what the requests take,
# without what fio does before and after.
set -euo pipefail
. "$(dirname "$0")/systems.sh"
rw=$1
bs=$2 depth=$3 kind=$4
shift 4

# requests COUNT
requests() {
	fio --output=/dev/null --eta=never --name=profile --filename="$dev" --rw="$rw" --bs="$bs" --iodepth="$depth" \
		--ioengine=libaio --direct=1 --size=32M --io_size=100G --number_ios="$1" --norandommap --randrepeat=1 \
		--gtod_reduce=1 --thread
}

make_legs "$kind" "$2"
modprobe dm-quorum
start "$@"
count=4000
[ "${bs%k}" -lt 64 ] || count=400
requests $count
/payload/mark
requests $count
/payload/mark
requests $((3 * count))
/payload/mark
echo $((2 * count)) > /out/requests
cp /proc/kallsyms /out/
stop "$@"

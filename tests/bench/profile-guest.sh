#!/bin/bash
# profile-guest.sh PATTERN BS DEPTH SYSTEM COUNT [OPTION-WORD...]: runs in the guest of profile. Marks the time before and
# after some requests, and after three times as many more: what they take beyond the first is what the requests take,
# without what fio does before and after.
set -euo pipefail
. "$(dirname "$0")/systems.sh"
rw=$1
export BS=$2 DEPTH=$3 DEVICE JOBS=1
shift 3

# requests COUNT
requests() {
	fio --output=/dev/null --eta=never --name=profile --filename="$dev" --rw="$rw" --bs="$BS" --iodepth="$DEPTH" --size="${used_mb}M" \
		--ioengine=libaio --direct=1 --norandommap --randrepeat=1 --gtod_reduce=1 --thread --number_ios="$1" --io_size=100G
}

make_legs brd "$2"
modprobe dm-quorum
start "$@"
count=4000
[ "${BS%k}" -lt 64 ] || count=400
requests $count
/payload/mark
requests $count
/payload/mark
requests $((3 * count))
/payload/mark
echo $((2 * count)) > /out/requests
cp /proc/kallsyms /out/
stop "$@"

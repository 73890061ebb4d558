#!/bin/bash
# takes 15 s
# A failed leg is replaced by a spare of /etc/quorumtab, without anybody, and filled; what is changed by that, and by
# quorumsetup add, remove and threshold, is what /etc/quorumtab says then, so that the next start makes the same device.
# only on 6.12
# shellcheck disable=SC2317 # functions that are only called through others
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
. "$(dirname "$0")/quorumsetup.sh"

# with udev, as the script for spares calls it
quorumsetup() { command quorumsetup "$@"; }
mkdir -p /var/lib/dm-quorum
rm -f /var/lib/dm-quorum/q
update=/usr/sbin/update-initramfs
id=/dev/disk/by-id/quorum-test path=/dev/disk/by-path/quorum-test
kernels=/var/lib/initramfs-tools
at_end "rm -rf /etc/quorumtab $update $id* $path* $kernels"
line() { grep '^q' /etc/quorumtab; }
health() { dmsetup status q | awk '{ print $6 }'; }
in_sync() { [ "$(health)" = "$1" ]; }
# devices_are LEG...: in this order, by the number of their disk
devices_are() {
	local number wanted=''
	for number; do wanted+=" $(dev_number "${all[number]}")"; done
	[ "$(dmsetup table q | awk '{ for (i = 6; i < 6 + 2 * $5; i += 2) printf " %s", $i }')" = "$wanted" ]
}
all_hold() { local number; for number; do cmp -n $((2048 * 512)) "$work/truth" "$work/disk$number" || return; done; }

loop_legs 6 2048
all=("${legs[@]}")
for number in 0 1 2 3 4 5; do ln -s "${legs[number]}" "$work/leg$number"; done
# as udev makes links to disks
mkdir -p "${id%/*}" "${path%/*}"
for number in 3 4; do ln -s "${legs[number]}" "$id$number"; done
for number in 3 4 5; do ln -s "${legs[number]}" "$path$number"; done
cat > $update << END
#!/bin/sh
echo "\$*: \$(grep '^q' /etc/quorumtab)" >> $work/updates
[ ! -e $work/no-room ] && [ "\$3" != 6.6.1 ]
END
chmod +x $update
head -c $((2048 * 512)) /dev/urandom > "$work/truth"
cat > /etc/quorumtab << END
# ours
other	/dev/nothing	noauto
q	$work/leg0,$work/leg1,$work/leg2	spare=$work/none,spare=$work/leg3,device-timeout=1
END
ok 'the device is made' quorumsetup assemble q
devices+=(q)
ok 'it is written' dd if="$work/truth" of=/dev/mapper/q bs=64k oflag=direct status=none
ok 'of the legs that are named' devices_are 0 1 2
is "$(health)" AAA 'all are in sync'
record_events

# --- a leg fails, and nobody does anything
message q fail 1
ok 'the spare takes its place' poll devices_are 0 3 2
ok 'is filled' poll in_sync AAA
ok 'from what the others hold' all_hold 0 3 2
written() { [ "$(line)" = "$1" ]; }
ok 'the line names it as the leg, and as a spare no more' poll written \
	"q	$work/leg0,$work/leg3,$work/leg2	spare=$work/none,device-timeout=1"
is "$(head -n 2 /etc/quorumtab)" "$(printf '# ours\nother\t/dev/nothing\tnoauto')" 'no other line has changed'

# --- by hand
ok 'a leg is added' quorumsetup add --wait q "$work/leg4"
is "$(line)" "q	$work/leg0,$work/leg3,$work/leg2,${id}4	spare=$work/none,device-timeout=1,threshold=2" \
	'the line has it, by its link by id, and the threshold, which is not that of four legs'
ok 'another, with a higher threshold' quorumsetup add --wait --threshold 3 q "${legs[5]}"
is "$(line)" "q	$work/leg0,$work/leg3,$work/leg2,${id}4,${path}5	spare=$work/none,device-timeout=1,threshold=3" \
	'the line has both, the leg by its link by path'
ok 'one is taken out' quorumsetup remove --wait --threshold 2 q 0
is "$(line)" "q	$work/leg3,$work/leg2,${id}4,${path}5	spare=$work/none,device-timeout=1,threshold=2" \
	'the line lacks it'
ok 'the threshold is changed' quorumsetup threshold q 3
is "$(line)" "q	$work/leg3,$work/leg2,${id}4,${path}5	spare=$work/none,device-timeout=1,threshold=3" \
	'and in the line'
ok 'the legs are these' devices_are 3 2 4 5
table=$(dmsetup table q)
ok 'the device is removed' quorumsetup close q
ok 'and made again' quorumsetup assemble q
is "$(dmsetup table q)" "$table" 'it is the same'
is "$(health)" AAAA 'all of it in sync'
ok 'with its data' cmp "$work/truth" /dev/mapper/q

# --- a disk of another line, whether that device is there or not
printf 'b %s,%s noauto\n' "$work/leg0" "$work/leg1" >> /etc/quorumtab
fails 'a leg of another line, which nobody holds' quorumsetup replace q 0 "$work/leg0"
like "$(cat "$work/said")" 'is a leg or the log of b' 'is not taken'
is "$(dmsetup table q)" "$table" 'and nothing has changed'
loop_legs 1 4096
size=2048
fails 'a leg that would begin elsewhere' quorumsetup add --offset 8 q "${legs[6]}"
like "$(cat "$work/said")" 'all legs have to begin at sector 0' 'cannot be written down, and is not taken'
is "$(dmsetup table q)" "$table" 'and nothing has changed'

# --- a line that is about other legs
sed -i "s,^q.*,q $work/leg0\,$work/leg2\,$work/leg4\,$work/leg5," /etc/quorumtab
fails 'a device that the line does not describe' quorumsetup threshold q 2
like "$(cat "$work/said")" "leg 0 is not $work/leg0: correct the line before" 'is not changed'
is "$(dmsetup table q)" "$table" 'nothing has changed'
fails 'it is told, too, when something is to be noted' quorumsetup remember q
is "$(grep ^behind /var/lib/dm-quorum/q)" "behind $work/leg0" 'which is that the leg of the line is not used'
rm /var/lib/dm-quorum/q
sed -i "s,^q.*,q $work/leg0\,$work/leg1," /etc/quorumtab
fails 'one that uses no leg of the line' quorumsetup remember q
ok 'has nothing to do with them' test ! -e /var/lib/dm-quorum/q
quorumsetup close q

# --- with a log on a disk legs keep their numbers
printf 'q %s,%s,%s log=disk:%s:1024\n' "$work/leg0" "$work/leg1" "$work/leg2" "$work/leg5" > /etc/quorumtab
ok 'a device with a log is made' quorumsetup assemble q
wait_idle q
ok 'a leg is taken out' quorumsetup remove q 1
is "$(line)" "q $work/leg0,-,$work/leg2 log=disk:$work/leg5:1024" 'it is absent in the line'
is "$(health)" A-A 'and in the device'
quorumsetup close q

# --- in the initramfs, which has the line as well
ok 'no initramfs has been made anew' test ! -e "$work/updates"
printf 'q %s,%s,%s size=2048,initramfs\n' "$work/leg0" "$work/leg1" "$work/leg2" > /etc/quorumtab
ok 'a device of the initramfs' quorumsetup assemble q
cd "$work"
ok 'gets another leg, by a path from here' quorumsetup replace --force --wait q 0 "../../${legs[5]}"
cd - > /dev/null
is "$(line)" "q ${path}5,$work/leg1,$work/leg2 size=2048,initramfs" 'the line has it'
is "$(cat "$work/updates")" "-u: $(line)" 'then the initramfs is made anew'
touch "$work/no-room"
fails 'if that cannot be' quorumsetup threshold q 3
like "$(cat "$work/said")" 'q WOULD BE MADE OF ITS OLD LEGS.*q has been changed, but not all' 'it is told'
is "$(line)" "q ${path}5,$work/leg1,$work/leg2 size=2048,initramfs,threshold=3" 'the line has changed'
is "$(dmsetup table q | awk '{ print $4 }')" 3 'and the device'
rm "$work/no-room" "$work/updates"
mkdir -p "$kernels"
touch "$kernels"/{6.1.1,6.6.1,6.12.1}
ok 'of several kernels' quorumsetup threshold q 2
is "$(cut -d : -f 1 "$work/updates" | paste -sd,)" '-u -k 6.12.1,-u -k 6.6.1,-u -k 6.1.1' 'each gets its initramfs anew'
like "$(cat "$work/said")" 'the initramfs of 6.6.1 COULD NOT BE UPDATED' 'one that cannot is told, and does not keep others'
touch "$work/no-room"
fails 'the newest must not fail' quorumsetup threshold q 3
done_testing

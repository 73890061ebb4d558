#!/bin/bash
# P7: /etc/quorumtab is read as quorumtab(5) says. A bad line is told with its number and the reason, and does not keep other
# lines from being used.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"

# tab LINE...: what quorumsetup makes of these lines, and what it says
tab() {
	printf '%s\n' "$@" > /etc/quorumtab
	quorumsetup tab 2>&1
}

rm -f /etc/quorumtab
is "$(quorumsetup tab 2>&1)" '' 'without the file there are no devices'
fails 'a device that it has not got is told' quorumsetup tab data
is "$(quorumsetup tab data 2>&1)" 'quorumsetup: /etc/quorumtab has no line of data that is in order' 'by its name'

is "$(tab '# a comment' '' '   # another' "data	/dev/a,/dev/b,-   size=2048")" \
	'name data
threshold 2
size 2048
leg /dev/a
leg /dev/b
leg -
device-timeout 30' 'a line, with a majority as threshold'
is "$(tab 'data /dev/a,/dev/b')" "$(tab 'data /dev/a,/dev/b -')" '"-" is no options'
is "$(tab 'data /dev/a,/dev/b threshold=1,spare=/dev/c,device-timeout=5,spare=/dev/d')" \
	'name data
threshold 1
leg /dev/a
leg /dev/b
spare /dev/c
spare /dev/d
device-timeout 5' 'spares and a timeout'
is "$(tab 'data /dev/a\054b,/dev/c\040d,/dev/disk/by-id/x\x20y\134z -' | grep ^leg)" \
	'leg /dev/a,b
leg /dev/c d
leg /dev/disk/by-id/x\x20y\z' 'commas, blanks and backslashes in paths'
all=threshold=2,size=2048,offset=8,rebuild=1,readonly,rewrite-corrupted,blkverify,zero-copy-writes,read-pattern=fast
all+=,max-leg-errors=3,write-ack=threshold,log=disk:/dev/log\\072a:1024,noauto,nofail,_netdev,initramfs,degraded
like "$(tab "data /dev/a,/dev/b $all")" '^name data' 'every option is known'
is "$(quorumsetup tab --json data | jq -c '.noauto, .nofail, .netdev, .initramfs' | paste -sd ' ')" 'true true true true' \
	'and told to programs'
is "$(quorumsetup tab --json data | jq -c '[.name, .line, .threshold, .sectors, .device_timeout, .legs, .spares]')" \
	'["data",1,2,2048,30,["/dev/a","/dev/b"],[]]' \
	'as are the others'
tab 'a /dev/a' 'b	/dev/b   size=8,initramfs' '# c' > "$work/said"
is "$(quorumsetup tab --initramfs)" 'b	/dev/b   size=8,initramfs' 'lines for the initramfs are printed as they are'

# bad LINE MESSAGE: the line is refused with exactly this, and the one after it is not
bad() {
	is "$(tab '# the first line' "$1" 'good /dev/a' | sed '/^leg\|^thr\|^dev/d')" \
		"quorumsetup: /etc/quorumtab line 2: $2"$'\n''name good' "$1"
}
bad data 'there are no legs'
bad 'data /dev/a - -' 'there are 4 fields, and not three at most'
bad 'da/ta /dev/a' 'da/ta is no name that a device has here'
bad 'data sda' '"sda" is no path of a leg'
bad 'data /dev/a,,/dev/b' '"" is no path of a leg'
bad 'data /dev/a,/dev/b,/dev/a' '/dev/a is a leg twice'
bad 'data /dev/a\012b' '"" is no path of a leg'
bad "data /dev/0$(printf ',/dev/%d' {1..32})" 'more than 32 legs'
bad 'data /dev/a threshold=2' 'a threshold of 2 with 1 legs'
bad 'data /dev/a threshold=two' 'threshold wants a number, not "two"'
bad 'data /dev/a threshold' 'threshold wants a number, not ""'
bad 'data /dev/a rebuild=1' 'a leg to rebuild that there is not'
bad 'data /dev/a readonly=1' 'readonly takes no argument'
bad 'data /dev/a blkverify=1' 'blkverify takes no argument'
bad 'data /dev/a log' 'log wants an argument'
bad 'data /dev/a log=disk::8' 'log has a word that cannot be'
bad 'data /dev/a log=disk:/dev/a\040b:8' 'log has a word that cannot be'
bad 'data /dev/a odd' 'there is no option "odd"'
bad 'data /dev/a noauto=1' 'there is no option "noauto"'
bad 'data /dev/a noauto,' 'there is no option ""'
bad 'data /dev/a spare=sdb' 'spare wants a path'
bad 'data /dev/a device-timeout=long' 'device-timeout wants a number of seconds'
bad 'data /dev/a degraded,no-degraded' 'degraded and no-degraded'
bad 'data /dev/a initramfs' 'initramfs needs size='
is "$(tab 'good /dev/a' 'good /dev/b' | sed '/^leg\|^thr\|^dev/d')" \
	'quorumsetup: /etc/quorumtab line 2: good has line 1 already
name good' 'one name twice'
fails 'a bad line among all is a failure' quorumsetup tab
done_testing

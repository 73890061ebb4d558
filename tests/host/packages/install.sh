#!/bin/bash
# On a system that has never seen the project: install, use, upgrade the kernel
. "$(dirname "$0")/lib.sh"

running=$(uname -r)
is "$(dpkg -l | grep -c dm-quorum || :)" 0 'no package before'
ok 'and no module' not modprobe dm-quorum
ok 'both packages are installed' apt-get -q -y install /payload/*.deb
is "$(for_kernels)" "$running" 'dkms has built the module for the running kernel'
is "$(modinfo -F version dm_quorum)" "$(dpkg-query -f '${Version}' -W dm-quorum-dkms)" 'it has the version of the package'
ok 'a kernel without headers is told' grep -q 'headers for kernel 6.99.0 cannot be found' \
	<(dkms build -k 6.99.0 dm-quorum/"$(modinfo -F version dm_quorum)" 2>&1)
ok 'and a kernel that is too old' grep -q BUILD_EXCLUSIVE \
	<(dkms build -k 6.0.0-1-amd64 dm-quorum/"$(modinfo -F version dm_quorum)" 2>&1)

mkdir "$legs"
truncate -s 8M "$legs"/{0,1,2}
ok 'it can be loaded' modprobe dm-quorum
attach_legs
ok 'a device is made' quorumsetup create data "${devices[@]}"
printf 'a quick brown fox' | dd of=/dev/mapper/data bs=4096 seek=1000 conv=sync oflag=direct status=none
is "$(read_block /dev/mapper/data)" 'a quick brown fox' 'it is written, and read'
is "$(lost_votes 1)" 0 'no vote has been lost before'
printf 'a quick crown fox' | dd of="${devices[1]}" bs=512 seek=8000 conv=sync oflag=direct status=none
is "$(read_block /dev/mapper/data)" 'a quick brown fox' 'a damaged leg is outvoted'
ok 'and counted' poll is_blamed 1
told() { journalctl -b --no-pager -t dm-quorum | grep -q 'data: leg 1 .* lost the vote'; }
ok 'and logged, by the udev rule and the handler' poll told

timer=quorumsetup-metrics.timer prom=/var/lib/prometheus/node-exporter/dm-quorum.prom
is "$(systemctl is-enabled $timer || :) $(systemctl is-active $timer || :)" 'disabled inactive' 'the timer is not enabled'
mkdir -p "${prom%/*}"
ok 'it can be' systemctl --quiet enable --now $timer
ok 'then the status of the device is written for Prometheus' poll grep -qs 'name="data"' $prom
ok 'the device is closed' quorumsetup close data

ok 'a second kernel is installed' apt-get -q -y install /srv/6.12/*.deb
is "$(for_kernels)" "$running $(cd /lib/modules && echo 6.12.*)" 'dkms has built the module for that, too'

# dm.pm: what the perl helpers share: device-mapper's ioctls, because a dmsetup costs a tenth of a second in a guest.
# All die if the kernel says no.
package dm;
use strict;
use warnings;
use Fcntl;

use constant { CREATE => 3, REMOVE => 4, SUSPEND => 6, LOAD => 9, CLEAR => 10, TABLE_STATUS => 12, MESSAGE => 14 };
use constant { SUSPENDED => 1 << 1, STATUS_TABLE => 1 << 4, SKIP_LOCKFS => 1 << 10, NOFLUSH => 1 << 11, INACTIVE => 1 << 12 };
use constant { HEAD => 312, BUFFER => 16384 };

my $control;

# Returns what follows the head in the answer, and the device's number
sub control {
	my ($command, $name, $flags, $data, $targets) = @_;
	if (!$control) {
		sysopen $control, '/dev/mapper/control', O_RDWR or die "/dev/mapper/control: $!\n";
	}
	my $buffer = pack 'L3 L L L l L L L Q a128 a129 x7', 4, 0, 0, BUFFER, HEAD, $targets // 0, 0, $flags, 0, 0, 0, $name, '';
	$buffer .= $data;
	$buffer .= "\0" x (BUFFER - length $buffer);
	ioctl $control, 3 << 30 | HEAD << 16 | 0xfd << 8 | $command, $buffer or die "device-mapper command $command of $name: $!\n";
	my ($start, $device) = (unpack 'L4 L L l L L L Q', $buffer)[4, 10];
	return substr($buffer, $start), $device;
}

# load(NAME, [START, LENGTH, TYPE, ARGUMENTS]...): not in force before resume()
sub load {
	my ($name, @targets) = @_;
	my $data = '';
	for (@targets) {
		my ($start, $length, $type, $arguments) = @$_;
		my $bytes = 40 + length($arguments) + 1;
		$bytes = ($bytes + 7) & ~7;
		$data .= pack "Q Q l L a16 a" . ($bytes - 40), $start, $length, 0, $bytes, $type, $arguments;
	}
	control(LOAD, $name, 0, $data, scalar @targets);
}

sub resume { control(SUSPEND, $_[0], 0, '') }
# suspend(NAME[, FLAGS])
sub suspend { control(SUSPEND, $_[0], SUSPENDED | SKIP_LOCKFS | ($_[1] // 0), '') }
sub remove { control(REMOVE, $_[0], 0, '') }
sub message { control(MESSAGE, $_[0], 0, pack 'Q a*x', 0, $_[1]) }

# reload(NAME, TARGET...): and resume
sub reload {
	load(@_);
	resume($_[0]);
}

# create(NAME, TARGET...): returns its node
sub create {
	my ($name) = @_;
	my ($answer, $device) = control(CREATE, $name, 0, '');
	my $ready = eval {
		reload(@_);
		1;
	};
	if (!$ready) {
		my $error = $@;
		remove($name);
		die $error;
	}
	return '/dev/dm-' . (($device & 0xff) | ($device >> 12 & ~0xff));
}

# status(NAME): of its first target, the words behind the type
sub status {
	my ($answer) = control(TABLE_STATUS, $_[0], 0, '');
	return split ' ', unpack 'Z*', substr $answer, 40;
}

# table(NAME): the arguments of its first target
sub table {
	my ($answer) = control(TABLE_STATUS, $_[0], STATUS_TABLE, '');
	return unpack 'Z*', substr $answer, 40;
}

# clear(NAME): the table that is loaded and not in force
sub clear { control(CLEAR, $_[0], 0, '') }

# loaded(NAME): the arguments of its first target
sub loaded {
	my ($answer) = control(TABLE_STATUS, $_[0], STATUS_TABLE | INACTIVE, '');
	return unpack 'Z*', substr $answer, 40;
}

1;

#!/usr/bin/perl
# every-fault-creating.pl REPORT SIZE LOG SLOW LEG... DISK...: makes, suspends, resumes, reloads, asks and removes a quorum
# device, with each fault in turn, see faults.pm.
use strict;
use warnings;
use lib 'tests';
use Fcntl;
use faults;

use constant { AT => 65536, BYTES => 8192, HELD => 0x32 };

faults::begin(@ARGV);
my @options = qw(rewrite_corrupted max_leg_errors 3);
my $plain = faults::table(@options);
my $other = faults::table(@options[0, 1], 4);
my $logged = faults::table(@options, 'log', 'disk', 2, $faults::log, 1024);

my $nothing = [0, $faults::size, 'error', ''];

# closed(): whether the legs are
sub closed {
	for (@faults::legs, $faults::log) {
		sysopen my $leg, $_, O_RDONLY | O_EXCL or return "$_ is open";
	}
	return '';
}
# fine(WORDS): the device is in order, and these words are in its table
sub fine {
	my ($words) = @_;
	faults::idle();
	return "another table: @{[dm::table('q')]}" if dm::table('q') !~ /$words/;
	return faults::sound() || faults::reads(HELD, AT, BYTES);
}
# works(WORDS): and it has all that it takes to go on without memory
sub works {
	my ($words) = @_;
	my $wrong = fine($words);
	return $wrong if $wrong;
	faults::fill(HELD, BYTES);
	faults::without_memory(sub { faults::pwrite(AT, BYTES); faults::pread(AT, BYTES) });
	return fine($words);
}
# walk_into(WHAT, TABLE, WORDS): a table is loaded and comes into force, in the place of one without legs
sub walk_into {
	my ($what, $table, $words) = @_;
	my $heal = sub { dm::reload('q', $nothing) };
	faults::walk("load_$what", 'task', {
		do => sub { dm::load('q', $table) },
		after => sub {
			my ($error, $struck) = @_;
			if ($error) {
				return eval { dm::loaded('q') } ? 'refused, and loaded' : closed();
			}
			# what has failed was not needed: was it not?
			dm::resume('q') if $struck;
			return $struck && works($words);
		},
		heal => sub { $heal->(); my $open = closed(); die $open if $open },
	});
	faults::walk("resume_$what", 'task', {
		before => sub { dm::load('q', $table) },
		do => sub { dm::resume('q') },
		after => sub { dm::reload('q', $table) if $_[0]; fine($words) },
		heal => $heal,
	});
}

# each leg has its data
faults::create($plain);
faults::fill(HELD, BYTES);
faults::pwrite(AT, BYTES);
dm::reload('q', $nothing);
walk_into('plain', $plain, 'max_leg_errors 3');
walk_into('log', $logged, 'log disk');

dm::reload('q', $plain);
my $table = 'max_leg_errors 3';
faults::walk('exchange', 'task', {
	before => sub { dm::load('q', $other) },
	do => sub { dm::resume('q') },
	after => sub {
		my ($error) = @_;
		dm::resume('q') if $error;
		return fine($error ? $table : 'max_leg_errors 4');
	},
	heal => sub { dm::reload('q', $plain) },
});
faults::walk('suspend', 'task', { do => sub { dm::suspend('q') }, after => sub { dm::resume('q'); fine($table) } });
faults::walk('resume', 'task', {
	before => sub { dm::suspend('q') },
	do => sub { dm::resume('q') },
	after => sub { dm::resume('q') if $_[0]; fine($table) },
});
faults::walk('status', 'task', { do => \&faults::status, after => sub { fine($table) } });
faults::walk('table', 'task', { do => sub { dm::table('q') }, after => sub { fine($table) } });
for my $message ('list_mismatches', 'reset_counters', 'check 0 64', 'repair 0 64', 'resync', 'idle', 'frozen', 'restore 1',
	'nonsense') {
	faults::walk('message_' . $message =~ tr/ /_/r, 'task', {
		do => sub { eval { dm::message('q', $message); 1 } or $message =~ /restore|nonsense/ or die $@ },
		after => sub {
			dm::message('q', 'idle') if $message eq 'frozen';
			return fine($table);
		},
	});
}
faults::walk('message_fail', 'task', {
	do => sub { dm::message('q', 'fail 1') },
	after => sub {
		my $health = faults::status()->{health};
		return $health eq ($_[0] ? 'AAA' : 'ADA') ? faults::reads(HELD, AT, BYTES) : "$health afterwards";
	},
	heal => sub { eval { dm::message('q', 'restore 1') }; faults::idle() },
});
faults::walk('message_restore', 'task', {
	before => sub { dm::message('q', 'fail 1') },
	do => sub { dm::message('q', 'restore 1') },
	after => sub { dm::message('q', 'restore 1') if $_[0]; fine($table) },
});
faults::walk('remove', 'task', {
	do => sub { close $faults::file; dm::remove('q') },
	after => sub { $_[0] ? fine($table) : closed() },
	heal => sub { faults::remove() if eval { dm::status('q') }; faults::create($plain) },
});
faults::remove();

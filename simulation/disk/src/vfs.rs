//! SQLite's way to the disks: a virtual file system, that is, a table of C functions. It finds the
//! disk that a path names and passes on what is asked; it decides nothing. The only unsafe code of
//! the workspace.
//!
//! A file is open once at a time, so locks are always granted, and there is no shared memory: a
//! connection has to set `locking_mode = EXCLUSIVE` before it uses a WAL
//! (<https://www.sqlite.org/wal.html#noshm>).
#![expect(
    unsafe_code,
    reason = "SQLite is written in C: a file system for it is a table of C functions over C structures"
)]
#![expect(
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "offsets and lengths come from SQLite, which makes none below 0 and no file above 2^47 bytes"
)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use rusqlite::ffi::{
    self, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOCAP_POWERSAFE_OVERWRITE, SQLITE_IOERR_ACCESS,
    SQLITE_IOERR_DELETE, SQLITE_IOERR_DELETE_NOENT, SQLITE_IOERR_FSTAT, SQLITE_IOERR_FSYNC,
    SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE,
    SQLITE_NOTFOUND, SQLITE_OK, SQLITE_OPEN_CREATE, sqlite3_file, sqlite3_int64,
    sqlite3_io_methods, sqlite3_vfs,
};

use crate::disk::{self, Failure, Files, Opened};

/// The name of the virtual file system; [`VFS`] itself registers it when it is first asked for.
#[derive(Debug, Clone, Copy)]
pub struct Vfs(());

/// The virtual file system of the simulated disks.
pub const VFS: Vfs = Vfs(());

const NAME: &CStr = c"simulated-disk";

impl Vfs {
    /// Its name, for `Connection::open_with_flags_and_vfs`.
    #[must_use]
    pub fn name(self) -> &'static CStr {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            let table = Box::leak(Box::new(table()));
            // SAFETY: the table is complete for its version and lives as long as the process.
            let registered = unsafe { ffi::sqlite3_vfs_register(table, 0) };
            assert_eq!(registered, SQLITE_OK, "SQLite refused the file system");
        });
        NAME
    }
}

/// Makes SQLite's own randomness, of which a process has one, repeat itself from here on: the salts
/// of a WAL come from it.
pub fn seed_sqlite(seed: u64) {
    let seed = (seed ^ (seed >> 32)) as c_int;
    // SAFETY: this test control takes an int and a connection, which may be NULL.
    unsafe {
        ffi::sqlite3_test_control(
            ffi::SQLITE_TESTCTRL_PRNG_SEED,
            seed | 1,
            std::ptr::null_mut::<ffi::sqlite3>(),
        );
    }
}

/// A file as SQLite sees it: its table of functions first.
#[repr(C)]
struct OpenFile {
    base: sqlite3_file,
    /// Made by `open`, given back by `close`.
    handle: *mut Handle,
}

struct Handle {
    files: Arc<Mutex<Files>>,
    opened: Opened,
}

impl Handle {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

fn table() -> sqlite3_vfs {
    sqlite3_vfs {
        iVersion: 1,
        szOsFile: size_of::<OpenFile>() as c_int,
        mxPathname: 255,
        pNext: std::ptr::null_mut(),
        zName: NAME.as_ptr(),
        pAppData: std::ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: None,
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

fn code(failure: Failure, otherwise: c_int) -> c_int {
    match failure {
        Failure::Io => otherwise,
        Failure::Full => SQLITE_FULL,
        Failure::Missing => SQLITE_CANTOPEN,
    }
}

fn done(result: Result<(), Failure>, otherwise: c_int) -> c_int {
    result.map_or_else(|failure| code(failure, otherwise), |()| SQLITE_OK)
}

/// The disk and the file that a path names: `/7/payments.db`.
///
/// # Safety
/// `path` is a C string.
unsafe fn named<'a>(path: *const c_char) -> Option<(Arc<Mutex<Files>>, &'a str)> {
    // SAFETY: the caller promised it.
    let path = unsafe { CStr::from_ptr(path) }.to_str().ok()?;
    let (id, name) = path.strip_prefix('/')?.split_once('/')?;
    Some((disk::find(id.parse().ok()?)?, name))
}

/// The handle of a file.
///
/// # Safety
/// `file` was opened by [`open`] and not closed since.
unsafe fn handle<'a>(file: *mut sqlite3_file) -> &'a Handle {
    // SAFETY: `open` made it, with a handle in it; SQLite uses a file on one thread at a time.
    unsafe { &*(*file.cast::<OpenFile>()).handle }
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    path: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // Only a file that has methods is closed.
    // SAFETY: SQLite gives as much room for the file as the table asked for.
    unsafe { (*file).pMethods = std::ptr::null() };
    let (files, name) = if path.is_null() {
        // What a statement needs to take itself back: nobody's, and gone when it is closed.
        (disk::temporary(), "temporary")
    } else {
        // SAFETY: a path that is not NULL is a C string.
        match unsafe { named(path) } {
            Some(found) => found,
            None => return SQLITE_CANTOPEN,
        }
    };
    let opened = files
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .open(name, flags & SQLITE_OPEN_CREATE != 0);
    match opened {
        Err(failure) => code(failure, SQLITE_CANTOPEN),
        Ok(opened) => {
            let handle = Box::into_raw(Box::new(Handle { files, opened }));
            // SAFETY: as above; `out_flags` is NULL or has room for a number.
            unsafe {
                let file = file.cast::<OpenFile>();
                (*file).handle = handle;
                (*file).base.pMethods = &raw const METHODS;
                if !out_flags.is_null() {
                    *out_flags = flags;
                }
            }
            SQLITE_OK
        }
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: `open` made the handle, and SQLite closes a file once.
    let handle = unsafe { Box::from_raw((*file.cast::<OpenFile>()).handle) };
    handle.files().close(&handle.opened);
    SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open, and `into` has room for `amount` bytes.
    let (handle, into) = unsafe {
        let into = std::slice::from_raw_parts_mut(into.cast::<u8>(), amount as usize);
        (handle(file), into)
    };
    into.fill(0);
    let found = handle.files().read(&handle.opened, offset as usize, into);
    match found {
        Ok(found) if found == into.len() => SQLITE_OK,
        Ok(_) => SQLITE_IOERR_SHORT_READ,
        Err(failure) => code(failure, SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    data: *const c_void,
    amount: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open, and `data` has `amount` bytes.
    let (handle, data) = unsafe {
        let data = std::slice::from_raw_parts(data.cast::<u8>(), amount as usize);
        (handle(file), data)
    };
    let written = handle.files().write(&handle.opened, offset as usize, data);
    done(written, SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    let handle = unsafe { handle(file) };
    let cut = handle.files().truncate(&handle.opened, length as usize);
    done(cut, SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is open.
    let handle = unsafe { handle(file) };
    let synced = handle.files().sync(&handle.opened);
    done(synced, SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    let handle = unsafe { handle(file) };
    let length = handle.files().length(&handle.opened);
    match length {
        Ok(length) => {
            // SAFETY: there is room for a number.
            unsafe { *size = length as sqlite3_int64 };
            SQLITE_OK
        }
        Err(failure) => code(failure, SQLITE_IOERR_FSTAT),
    }
}

unsafe extern "C" fn lock(_: *mut sqlite3_file, _: c_int) -> c_int {
    SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_: *mut sqlite3_file, is_locked: *mut c_int) -> c_int {
    // SAFETY: there is room for a number.
    unsafe { *is_locked = 0 };
    SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut sqlite3_file) -> c_int {
    4_096
}

/// As SQLite's own file system on Unix: bytes next to those that are written are safe.
unsafe extern "C" fn device_characteristics(_: *mut sqlite3_file) -> c_int {
    SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, path: *const c_char, _: c_int) -> c_int {
    // SAFETY: it is a C string.
    let Some((files, name)) = (unsafe { named(path) }) else {
        return SQLITE_IOERR_DELETE;
    };
    let removed = files
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(name);
    match removed {
        Err(Failure::Missing) => SQLITE_IOERR_DELETE_NOENT,
        removed => done(removed, SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    path: *const c_char,
    _: c_int,
    result: *mut c_int,
) -> c_int {
    // SAFETY: it is a C string.
    let Some((files, name)) = (unsafe { named(path) }) else {
        return SQLITE_IOERR_ACCESS;
    };
    let exists = files
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .exists(name);
    match exists {
        Ok(exists) => {
            // SAFETY: there is room for a number.
            unsafe { *result = c_int::from(exists) };
            SQLITE_OK
        }
        Err(failure) => code(failure, SQLITE_IOERR_ACCESS),
    }
}

/// Every path is a full one.
unsafe extern "C" fn full_pathname(
    _: *mut sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    into: *mut c_char,
) -> c_int {
    // SAFETY: it is a C string, and `into` has room for `room` bytes.
    unsafe {
        let path = CStr::from_ptr(path).to_bytes_with_nul();
        if path.len() > room as usize {
            return SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(path.as_ptr().cast(), into, path.len());
    }
    SQLITE_OK
}

/// SQLite asks the default file system for randomness, never this one.
unsafe extern "C" fn randomness(_: *mut sqlite3_vfs, length: c_int, into: *mut c_char) -> c_int {
    // SAFETY: `into` has room for `length` bytes.
    unsafe { std::ptr::write_bytes(into, 0, length as usize) };
    length
}

/// Time passes on the disk only.
unsafe extern "C" fn sleep(_: *mut sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

unsafe extern "C" fn current_time(_: *mut sqlite3_vfs, time: *mut f64) -> c_int {
    // 2026-01-01 as a Julian day number.
    // SAFETY: there is room for a number.
    unsafe { *time = 2_461_041.5 };
    SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    SQLITE_OK
}

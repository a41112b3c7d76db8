/* SPDX-License-Identifier: Apache-2.0
 * Test only: stands for python.exe and pythonw.exe in a small package of the agent.
 * As the service it runs until it is stopped; whatever else the package has it do is
 * done well.
 */
#include <string.h>
#include <windows.h>

static SERVICE_STATUS_HANDLE handle;
static HANDLE stopped;

static void tell(DWORD state)
{
    SERVICE_STATUS told = {SERVICE_WIN32_OWN_PROCESS, state};

    if (state == SERVICE_RUNNING)
        told.dwControlsAccepted = SERVICE_ACCEPT_STOP;
    SetServiceStatus(handle, &told);
}

static DWORD WINAPI hear(DWORD control, DWORD event, LPVOID data, LPVOID context)
{
    (void)event, (void)data, (void)context;
    if (control == SERVICE_CONTROL_STOP)
        SetEvent(stopped);
    return NO_ERROR;
}

static void WINAPI run(DWORD count, LPSTR *words)
{
    (void)count, (void)words;
    stopped = CreateEventA(NULL, TRUE, FALSE, NULL);
    handle = RegisterServiceCtrlHandlerExA("DiscreetAgent", hear, NULL);
    tell(SERVICE_RUNNING);
    WaitForSingleObject(stopped, INFINITE);
    tell(SERVICE_STOPPED);
}

int main(void)
{
    SERVICE_TABLE_ENTRYA services[] = {{"DiscreetAgent", run}, {NULL, NULL}};

    if (strstr(GetCommandLineA(), "service agent run"))
        StartServiceCtrlDispatcherA(services);
    return 0;
}
